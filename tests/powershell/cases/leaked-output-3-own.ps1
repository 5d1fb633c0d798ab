# expect: leaked-output 10
function Get-SecuDocOne {
    [CmdletBinding()]
    param()
    return 1
}
function Get-SecuDocTwo {
    [CmdletBinding()]
    param()
    Get-SecuDocOne
    return 2
}
Write-Host (Get-SecuDocTwo)
# repaired 10:     Get-SecuDocOne | Out-Null
