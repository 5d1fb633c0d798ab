# expect: confirm 6
function Remove-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if (-not $PSCmdlet.ShouldProcess('rule', 'remove')) { return }
    Remove-TransportRule -Identity 'x' -ErrorAction Stop
}
Remove-SecuDocRule
# repaired 6:     Remove-TransportRule -Identity 'x' -ErrorAction Stop -Confirm:$false
