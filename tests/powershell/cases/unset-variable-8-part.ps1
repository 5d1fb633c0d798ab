# expect: unset-variable 9
# file: scripts/Install-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/One.ps1"
Write-SecuDocOne
# file: scripts/SecuDoc365/One.ps1
function Write-SecuDocOne {
    [CmdletBinding()]
    param()
    Write-Host $script:One
}
# repaired 4: $script:One = 1; Write-SecuDocOne
