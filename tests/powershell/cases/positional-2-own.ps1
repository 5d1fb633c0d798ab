# expect: positional 7
function Write-SecuDocPair {
    [CmdletBinding()]
    param([string]$One, [string]$Two)
    Write-Host "$One $Two"
}
Write-SecuDocPair 'a' 'b'
# repaired 7: Write-SecuDocPair 'a' -Two 'b'
