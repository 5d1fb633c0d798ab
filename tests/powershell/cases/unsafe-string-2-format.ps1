# expect: unsafe-string 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocApplication {
    [CmdletBinding()]
    param([string]$Name)
    Get-MgApplication -Filter ('displayName eq ''{0}''' -f $Name) -All -ErrorAction Stop
}
Get-SecuDocApplication -Name 'x'
# repaired 6:     Get-MgApplication -Filter ('displayName eq {0}' -f (ConvertTo-SecuDocODataLiteral $Name)) -All -ErrorAction Stop
# repaired 8: function ConvertTo-SecuDocODataLiteral { [CmdletBinding()] param([string]$Text); return $Text }; Get-SecuDocApplication -Name 'x'
