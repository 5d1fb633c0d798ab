# expect: confirm 6
function Disable-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if (-not $PSCmdlet.ShouldProcess('rule', 'disable')) { return }
    Disable-TransportRule -Identity 'x' -Confirm -ErrorAction Stop
}
Disable-SecuDocRule
# repaired 6:     Disable-TransportRule -Identity 'x' -Confirm:$false -ErrorAction Stop
