# file: scripts/Install-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/Common.ps1"
. "$PSScriptRoot/SecuDoc365/Exchange.ps1"
$script:Size = 1
Write-SecuDocRule
# file: scripts/Test-SecuDoc365.ps1
. "$PSScriptRoot/SecuDoc365/Common.ps1"
$script:Size = 2
Write-SecuDocLine -Text 'x'
# file: scripts/SecuDoc365/Common.ps1
function Write-SecuDocLine {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Text)
    Write-Host "$Text $script:Size"
}
# file: scripts/SecuDoc365/Exchange.ps1
function Write-SecuDocRule {
    [CmdletBinding()]
    param()
    $rules = @(Get-TransportRule -ResultSize Unlimited -ErrorAction Stop)
    Write-SecuDocLine $rules.Count
}
