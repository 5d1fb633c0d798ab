# expect: should-process 6
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if ($PSCmdlet.ShouldProcess('rule', 'set')) { Write-Host 'x' } else {
        Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
    }
}
Set-SecuDocRule
# repaired 5:     if ($PSCmdlet.ShouldProcess('rule', 'set')) { Write-Host 'x'
