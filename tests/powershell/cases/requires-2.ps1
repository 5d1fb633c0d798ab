# as it stands
# expect: requires 1
#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Write-Host 'x'
# repaired 3: #Requires -Version 7.4
