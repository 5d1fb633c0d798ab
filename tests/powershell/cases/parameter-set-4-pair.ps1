# expect: parameter-set 6
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { return }
    Set-TransportRule -Identity 'x' -HeaderContainsMessageHeader 'X-SecuDoc' -ErrorAction Stop
}
Set-SecuDocRule
# repaired 6:     Set-TransportRule -Identity 'x' -HeaderContainsMessageHeader 'X-SecuDoc' -HeaderContainsWords '1.0' -ErrorAction Stop
