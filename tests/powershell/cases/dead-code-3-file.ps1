# expect: dead-code 1
# file: scripts/Install-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/One.ps1"
Write-Host $script:One
# file: scripts/SecuDoc365/One.ps1
$script:One = 1
# file: scripts/SecuDoc365/Two.ps1
Write-Host 'two'
# repaired 3: . "$PSScriptRoot/SecuDoc365/One.ps1"; . "$PSScriptRoot/SecuDoc365/Two.ps1"
