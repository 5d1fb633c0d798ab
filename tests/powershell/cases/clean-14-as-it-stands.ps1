# as it stands
#Requires -Version 7.4
<#
.SYNOPSIS
    Help comes first; so do parameters.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Name
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Write-Host $Name
