# expect: should-process 6
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { Write-Host 'no' }
    Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
}
Set-SecuDocRule
# repaired 5:     if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { Write-Host 'no'; return }
