# expect: dynamic-command 3
$name = 'Get-Module'
& $name
# repaired 3: Get-Module -Name $name
