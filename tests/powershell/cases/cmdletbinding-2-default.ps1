# expect: cmdletbinding 4
function Get-SecuDocRule {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name = 'x')
    Write-Host $Name
}
Get-SecuDocRule -Name 'y'
# repaired 4:     param([Parameter(Mandatory)][string]$Name)
