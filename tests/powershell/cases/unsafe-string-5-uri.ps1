# expect: unsafe-string 6
# file: scripts/SecuDoc365/Graph.ps1
function Get-SecuDocApplication {
    [CmdletBinding()]
    param([string]$Id)
    Invoke-MgGraphRequest -Method GET -Uri "v1.0/applications/$Id"
}
Get-SecuDocApplication -Id 'x'
# repaired 5:     param([guid]$Id)
# repaired 8: Get-SecuDocApplication -Id '00000000-0000-0000-0000-000000000000'
