function Get-SecuDocRule {
    [CmdletBinding()]
    param()
    $rules = Get-TransportRule -ResultSize Unlimited -ErrorAction SilentlyContinue -ErrorVariable problems
    if ($null -ne $problems) { Write-Warning "$problems" }
    return $rules
}
Get-SecuDocRule
