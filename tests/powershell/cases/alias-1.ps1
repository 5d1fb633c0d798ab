# expect: alias 2
Get-Module -ListAvailable | ? { $_.Name }
# repaired 2: Get-Module -ListAvailable | Where-Object { $_.Name }
