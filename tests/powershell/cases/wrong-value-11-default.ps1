# expect: wrong-value 4
function Write-SecuDocId {
    [CmdletBinding()]
    param([guid]$Id = '')
    Write-Host $Id
}
Write-SecuDocId
# repaired 4:     param([guid]$Id = [guid]::Empty)
