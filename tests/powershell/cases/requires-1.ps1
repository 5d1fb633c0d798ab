# as it stands
# expect: requires 1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# no #Requires here
Write-Host 'x'
# repaired 5: #Requires -Version 7.4
