# expect: unset-variable 4
function Write-SecuDocLine {
    [CmdletBinding()]
    param([string]$Host)
    Write-Host $Host
}
Write-SecuDocLine -Host 'x'
# repaired 4:     param([string]$Server)
# repaired 5:     Write-Host $Server
# repaired 7: Write-SecuDocLine -Server 'x'
