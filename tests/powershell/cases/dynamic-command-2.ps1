# expect: unknown-command 2
Invoke-Expression 'Get-Module'
# repaired 2: Get-Module
