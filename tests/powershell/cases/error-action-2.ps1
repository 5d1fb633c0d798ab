# expect: error-action 6
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { return }
    Set-TransportRule -Identity 'x' -Comments 'y'
}
Set-SecuDocRule
# repaired 6:     Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
