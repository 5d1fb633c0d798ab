# expect: format 2
Write-Host ('{0}' -f $HOME, $PSScriptRoot)
# repaired 2: Write-Host ('{0} {1}' -f $HOME, $PSScriptRoot)
