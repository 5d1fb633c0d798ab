#Requires -Version 7.4
<#
    Export.ps1 - what the tenant has, as the file that "secudoc rules verify" reads.

    Pure. The same arrays as in a plan, with all objects of the tenant, but of groups only those that the
    plan names or a rule of ours could mean: lists of all groups of an organization are nobody's business.
    The tenant's secret leaves as a digest. Patterns with mark tokens leave as they are, since they are compared;
    the file is for its owner alone.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Beside the parameters of the cmdlets.
$script:ExportAlways = @('Guid', 'Identity', 'WhenChanged')
$script:ExportRule = @('Priority', 'State', 'ActivationDate', 'ExpiryDate', 'MessageContainsDataClassifications',
    'ExceptIfMessageContainsDataClassifications', 'DlpPolicy', 'RuleSubType', 'RecipientAddressType', 'UseLegacyRegex')
# What else rules show, and what says nothing of what they do: everything that is not here is exported, so that a condition that nobody
# knows is not overlooked.
$script:ExportNoise = @('Conditions', 'Exceptions', 'Actions', 'Description', 'RuleVersion', 'DistinguishedName', 'ImmutableId', 'ExchangeVersion',
    'OrganizationId', 'ObjectState', 'ObjectClass', 'ObjectCategory', 'IsValid', 'ManuallyModified', 'LastModifiedBy', 'CreatedBy', 'Size', 'Xml', 'Id',
    'PSComputerName', 'RunspaceId', 'PSShowComputerName', 'WhenCreated', 'WhenCreatedUTC', 'WhenChangedUTC', 'OriginatingServer', 'RegexSize', 'DlpPolicyId', 'IsRuleConfigurationSupported',
    'RuleConfigurationUnsupportedReason')
$script:ExportOutbound = @('IsValidated', 'LastValidationTimestamp')
$script:ExportDomain = @('Name', 'DomainName', 'DomainType', 'Default', 'MatchSubDomains')

# Texts, yes and no, numbers, lists of texts; $null when there is nothing to say.
function ConvertTo-SecuDocExportValue {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Value
    )
    if ($null -eq $Value) { return $null }
    if ($Value -is [bool] -or $Value -is [int] -or $Value -is [long]) { return $Value }
    if ($Value -is [datetime]) { return ConvertTo-SecuDocTable $Value }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            if ($null -ne $item -and [string]$item -ne '') { $items.Add([string]$item) }
        }
        if ($items.Count -eq 0) { return $null }
        return , $items.ToArray()
    }
    $text = [string]$Value
    if ($text -eq '') { return $null }
    return $text
}

function ConvertTo-SecuDocExportObject {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [object] $Have,
        [Parameter(Mandatory)]
        [string[]] $Properties
    )
    $object = [ordered]@{}
    foreach ($property in $Properties) {
        $value = ConvertTo-SecuDocExportValue -Value (Get-SecuDocShown -Kind $Kind -Have $Have -Property $property)
        if ($null -eq $value) { continue }
        if ($property -eq 'SetHeaderValue') { $value = Get-SecuDocDigest ([string]$value) }
        $object[$property] = $value
    }
    if ($Kind -ne 'TransportRule') { return $object }
    foreach ($property in $Have.PSObject.Properties) {
        $known = $Properties -contains $property.Name -or $script:ExportNoise -contains $property.Name
        # a rule's Enabled is shown as State
        if ($known -or $property.Name -eq 'Enabled' -or $property.Name.Contains('@')) { continue }
        $value = ConvertTo-SecuDocExportValue -Value $property.Value
        if ($null -ne $value -and $value -ne $false) { $object[$property.Name] = $value }
    }
    return $object
}

function Get-SecuDocExportProperty {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Kind
    )
    $names = [System.Collections.Generic.List[string]]::new()
    $more = $script:ExportAlways
    if ($Kind -eq 'AcceptedDomain') { $more = $script:ExportDomain + $more }
    if ($Kind -eq 'RemoteDomain') { $more = @('DomainName') + $more }
    if ($Kind -eq 'TransportRule') { $more = $script:ExportRule + $more }
    if ($Kind -eq 'OutboundConnector') { $more = $script:ExportOutbound + $more }
    $tables = @()
    foreach ($verb in @('New', 'Set')) {
        $tables = $tables + @($script:AllowedParameters["$verb-$Kind"])
    }
    foreach ($name in ($tables + $more)) {
        # a rule's Enabled is shown as State
        if ($null -eq $name -or ($Kind -eq 'TransportRule' -and $name -eq 'Enabled')) { continue }
        if (-not $names.Contains($name)) { $names.Add($name) }
    }
    return , $names.ToArray()
}

# Groups that the plan names, or that a rule of the plan asks for.
function Select-SecuDocExportGroup {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State
    )
    $all = @(Get-SecuDocList $State -Name 'DistributionGroups')
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($group in @(Get-SecuDocList $Plan -Name 'DistributionGroups')) {
        $names.Add([string](Get-SecuDocValue $group -Name 'Name'))
        $names.Add([string](Get-SecuDocValue $group -Name 'PrimarySmtpAddress'))
    }
    foreach ($rule in @(Get-SecuDocList $Plan -Name 'TransportRules')) {
        foreach ($member in @('FromMemberOf', 'ExceptIfFromMemberOf')) {
            foreach ($name in @(Get-SecuDocList $rule -Name $member)) { $names.Add([string]$name) }
        }
    }
    $seen = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($name in $names) {
        $group = Find-SecuDocGroup -Groups $all -Identifier $name
        if ($null -ne $group -and $seen.Add([string](Get-SecuDocValue $group -Name 'Guid'))) { $group }
    }
}

function ConvertTo-SecuDocExport {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Plan,
        [Parameter(Mandatory)]
        [object] $State,
        [Parameter(Mandatory)]
        [string] $TenantId
    )
    $organization = Get-SecuDocValue $State -Name 'Organization'
    $export = [ordered]@{
        SecuDocExport = 1
        ExportedAt    = Get-SecuDocTime
        Tenant        = [ordered]@{
            EntraId      = $TenantId
            Organization = [string](Get-SecuDocValue $organization -Name 'Name')
        }
    }
    foreach ($kind in $script:PlanKinds) {
        $objects = @(Get-SecuDocList $State -Name $kind.Array)
        if ($kind.Kind -eq 'DistributionGroup') { $objects = @(Select-SecuDocExportGroup -Plan $Plan -State $State) }
        $properties = Get-SecuDocExportProperty -Kind $kind.Kind
        $list = [System.Collections.Generic.List[object]]::new()
        foreach ($object in $objects) {
            $list.Add((ConvertTo-SecuDocExportObject -Kind $kind.Kind -Have $object -Properties $properties))
        }
        $export[$kind.Array] = $list.ToArray()
    }
    return $export
}
