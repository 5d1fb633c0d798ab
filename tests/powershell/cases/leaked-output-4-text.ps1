# expect: leaked-output 5
function Get-SecuDocOne {
    [CmdletBinding()]
    param()
    'one'
    return 1
}
Write-Host (Get-SecuDocOne)
# repaired 5:     Write-Host 'one'
