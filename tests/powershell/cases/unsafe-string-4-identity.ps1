# expect: unsafe-string 5
function Get-SecuDocRule {
    [CmdletBinding()]
    param([string]$Name)
    Get-TransportRule -Identity "SecuDoc $Name" -ErrorAction Stop
}
Get-SecuDocRule -Name 'x'
# repaired 5:     Get-TransportRule -Identity $Name -ErrorAction Stop
