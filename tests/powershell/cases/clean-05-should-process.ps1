function Remove-SecuDocThing {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string[]]$Names = @())
    foreach ($name in $Names) {
        if (-not $PSCmdlet.ShouldProcess($name, 'remove')) { continue }
        Remove-TransportRule -Identity $name -Confirm:$false -ErrorAction Stop
    }
    if ($PSCmdlet.ShouldProcess('connector', 'remove')) {
        if ($Names.Count -gt 0) { Remove-InboundConnector -Identity 'SecuDoc In' -Confirm:$false -ErrorAction Stop }
    }
}
Remove-SecuDocThing -Names 'a', 'b'
