# expect: syntax 2
Get-Module -Name One,Two -ListAvailable
# repaired 2: Get-Module -Name 'One', 'Two' -ListAvailable
