# expect: should-process 6
# file: scripts/SecuDoc365/Graph.ps1
function Set-SecuDocApplication {
    [CmdletBinding()]
    param([guid]$Id)
    Invoke-MgGraphRequest -Method PATCH -Uri "v1.0/applications/$Id" -Body '{}'
}
Set-SecuDocApplication -Id '00000000-0000-0000-0000-000000000000'
# repaired 4:     [CmdletBinding(SupportsShouldProcess)]
# repaired 6:     if (-not $PSCmdlet.ShouldProcess('application', 'set')) { return } ; Invoke-MgGraphRequest -Method PATCH -Uri "v1.0/applications/$Id" -Body '{}'
