# as it stands
# expect: strict-mode 5
# expect: strict-mode 6
#Requires -Version 7.4
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Continue'
Write-Host 'x'
# repaired 5: Set-StrictMode -Version Latest
# repaired 6: $ErrorActionPreference = 'Stop'
