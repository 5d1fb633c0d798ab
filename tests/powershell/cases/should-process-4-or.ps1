# expect: should-process 6
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([switch]$Force)
    if ($Force -or $PSCmdlet.ShouldProcess('rule', 'set')) {
        Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
    }
}
Set-SecuDocRule -Force
# repaired 5:     if (-not $Force -and $PSCmdlet.ShouldProcess('rule', 'set')) {
