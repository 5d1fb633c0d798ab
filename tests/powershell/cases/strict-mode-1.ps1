# as it stands
# expect: strict-mode 1
#Requires -Version 7.4
$ErrorActionPreference = 'Stop'
Write-Host 'x'
# repaired 4: $ErrorActionPreference = 'Stop'; Set-StrictMode -Version Latest
