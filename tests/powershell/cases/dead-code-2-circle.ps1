# expect: dead-code 3
# expect: dead-code 8
function Get-SecuDocOne {
    [CmdletBinding()]
    param()
    Get-SecuDocTwo
}
function Get-SecuDocTwo {
    [CmdletBinding()]
    param()
    Get-SecuDocOne
}
Write-Host 'y'
# repaired 13: Get-SecuDocOne
