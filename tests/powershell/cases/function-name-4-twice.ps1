# expect: function-name 7
function Get-SecuDocOne {
    [CmdletBinding()]
    param()
    Write-Host 'x'
}
function Get-SecuDocOne {
    [CmdletBinding()]
    param()
    Write-Host 'y'
}
Get-SecuDocOne
# repaired 7: function Get-SecuDocTwo {
# repaired 12: Get-SecuDocOne; Get-SecuDocTwo
