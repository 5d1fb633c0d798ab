# file: scripts/SecuDoc365/Graph.ps1
function ConvertTo-SecuDocODataLiteral {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Text)
    return "'" + $Text.Replace("'", "''") + "'"
}
function Get-SecuDocApplication {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name, [guid]$Id)
    $filter = 'displayName eq {0}' -f (ConvertTo-SecuDocODataLiteral $Name)
    Get-MgApplication -Filter $filter -All -ErrorAction Stop
    $escaped = [uri]::EscapeDataString($Name)
    Invoke-MgGraphRequest -Method GET -Uri "v1.0/applications/$Id/x?search=$escaped"
    Get-MgDomain -DomainId $Name -ErrorAction Stop
    Get-MgServicePrincipal -Filter ('displayName eq ' + (ConvertTo-SecuDocODataLiteral -Text $Name)) -Top 2
}
Get-SecuDocApplication -Name 'x' -Id '00000000-0000-0000-0000-000000000000'
