# expect: missing-file 4
# file: scripts/Install-SecuDoc365.ps1
$part = 'One'
. "$PSScriptRoot/SecuDoc365/$part.ps1"
Write-Host 'x'
# repaired 4: Write-Host $part
