# expect: wrong-value 5
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if ($PSCmdlet.ShouldProcess('rule', 'set')) { Set-TransportRule -Identity 'x' -AttachmentSizeOver '1 kilobyte' -ErrorAction Stop }
}
Set-SecuDocRule
# repaired 5:     if ($PSCmdlet.ShouldProcess('rule', 'set')) { Set-TransportRule -Identity 'x' -AttachmentSizeOver '1KB' -ErrorAction Stop }
