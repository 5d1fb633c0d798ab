# expect: function-name 5
function Get-SecuDocOuter {
    [CmdletBinding()]
    param()
    function Get-SecuDocInner {
        [CmdletBinding()]
        param()
        Write-Host 'x'
    }
    Get-SecuDocInner
}
Get-SecuDocOuter
# repaired 5:     foreach ($name in @('a', 'b')) {
# repaired 6:         Write-Host $name
# repaired 7:         # nothing
# repaired 10:     # nothing
