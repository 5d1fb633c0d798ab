# expect: syntax 2
Get-Module –ListAvailable
# repaired 2: Get-Module -ListAvailable
