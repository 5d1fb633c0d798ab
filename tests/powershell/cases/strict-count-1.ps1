# expect: strict-count 6
function Get-SecuDocSize {
    [CmdletBinding()]
    param()
    $rules = Get-TransportRule -ResultSize Unlimited -ErrorAction Stop
    return $rules.Count
}
Write-Host (Get-SecuDocSize)
# repaired 5:     $rules = @(Get-TransportRule -ResultSize Unlimited -ErrorAction Stop)
