function Get-SecuDocEntry {
    [CmdletBinding()]
    param()
    return $script:Entries[0]
}
function Complete-SecuDocEntry {
    [CmdletBinding()]
    param()
    $entry = Get-SecuDocEntry
    $entry.State = 'Done'
}
$script:Entries = @(@{ State = 'Planned' })
Complete-SecuDocEntry
