# expect: place 6
# file: scripts/Install-SecuDoc365.ps1
function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    Get-TransportRule -ResultSize Unlimited -ErrorAction Stop
}
Get-SecuDocRule
# repaired 2: # file: scripts/SecuDoc365/Exchange.ps1
