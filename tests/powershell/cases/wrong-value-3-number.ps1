# expect: wrong-value 5
function Get-SecuDocTrace {
    [CmdletBinding()]
    param()
    Get-MessageTraceV2 -ResultSize 'many' -ErrorAction Stop
}
Get-SecuDocTrace
# repaired 5:     Get-MessageTraceV2 -ResultSize 100 -ErrorAction Stop
