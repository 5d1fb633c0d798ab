# expect: unknown-command 5
# file: scripts/Install-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/One.ps1"
Write-SecuDocOne
Write-SecuDocTwo
# file: scripts/Test-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/Two.ps1"
Write-SecuDocTwo
# file: scripts/SecuDoc365/One.ps1
function Write-SecuDocOne {
    [CmdletBinding()]
    param()
    Write-Host 'one'
}
# file: scripts/SecuDoc365/Two.ps1
function Write-SecuDocTwo {
    [CmdletBinding()]
    param()
    Write-Host 'two'
}
# repaired 5: Write-SecuDocOne
