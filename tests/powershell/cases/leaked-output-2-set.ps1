# expect: leaked-output 6
function Get-SecuDocNames {
    [CmdletBinding()]
    param()
    $names = [System.Collections.Generic.HashSet[string]]::new()
    $names.Add('a')
    return @($names)
}
Write-Host (Get-SecuDocNames)
# repaired 6:     [void]$names.Add('a')
