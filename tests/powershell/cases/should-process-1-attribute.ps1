# expect: should-process 5
function Set-SecuDocRule {
    [CmdletBinding()]
    param()
    Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
}
Set-SecuDocRule
# repaired 3:     [CmdletBinding(SupportsShouldProcess)]
# repaired 5:     if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { return } ; Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
