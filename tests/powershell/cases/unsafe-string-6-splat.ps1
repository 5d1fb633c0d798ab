# expect: unsafe-string 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocApplication {
    [CmdletBinding()]
    param([string]$Name)
    $query = @{ Filter = "displayName eq '$Name'"; All = $true }
    Get-MgApplication @query -ErrorAction Stop
}
Get-SecuDocApplication -Name 'x'
# repaired 6:     $query = @{ Filter = 'displayName eq {0}' -f (ConvertTo-SecuDocODataLiteral $Name); All = $true }
# repaired 9: function ConvertTo-SecuDocODataLiteral { [CmdletBinding()] param([string]$Text); return $Text }; Get-SecuDocApplication -Name 'x'
