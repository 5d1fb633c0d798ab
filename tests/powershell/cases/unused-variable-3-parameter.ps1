# expect: unused-variable 4
function Get-SecuDocRule {
    [CmdletBinding()]
    param([string]$Name)
    Write-Host 'x'
}
Get-SecuDocRule -Name 'x'
# repaired 5:     Write-Host $Name
