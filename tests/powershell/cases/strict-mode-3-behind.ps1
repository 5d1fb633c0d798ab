# as it stands
# expect: strict-mode 5
#Requires -Version 7.4
Write-Host 'x'
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# repaired 4: # nothing
