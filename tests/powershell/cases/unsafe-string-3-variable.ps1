# expect: unsafe-string 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocApplication {
    [CmdletBinding()]
    param([string]$Name)
    $filter = "displayName eq '$Name'"
    Get-MgApplication -Filter $filter -All -ErrorAction Stop
}
Get-SecuDocApplication -Name 'x'
# repaired 6:     $filter = 'displayName eq ' + (ConvertTo-SecuDocODataLiteral $Name)
# repaired 9: function ConvertTo-SecuDocODataLiteral { [CmdletBinding()] param([string]$Text); return $Text }; Get-SecuDocApplication -Name 'x'
