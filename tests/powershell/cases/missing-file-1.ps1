# expect: missing-file 3
# file: scripts/Install-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/None.ps1"
Write-Host 'x'
# repaired 3: # nothing
