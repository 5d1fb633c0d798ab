# expect: null-right 2
if ($PSScriptRoot -eq $null) { Write-Host 'x' }
# repaired 2: if ($null -eq $PSScriptRoot) { Write-Host 'x' }
